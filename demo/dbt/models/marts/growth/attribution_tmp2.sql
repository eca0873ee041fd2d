select w.session_id, w.utm_source as src, a.spend_eur / nullif(a.clicks, 0) as cpc_x
from {{ ref('stg_events__web_sessions') }} w
left join {{ ref('fct_ad_spend_daily') }} a on a.spend_date = cast(w.started_at as date)
