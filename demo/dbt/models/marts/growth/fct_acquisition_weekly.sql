select
    date_trunc('week', w.started_at) as week,
    w.utm_source as channel,
    count(*) as sessions,
    count(distinct w.rider_id) as signups,
    sum(a.spend_eur) as spend_eur
from {{ ref('stg_events__web_sessions') }} w
left join {{ ref('fct_ad_spend_daily') }} a on a.spend_date = cast(w.started_at as date) and a.channel = w.utm_source
group by 1, 2
