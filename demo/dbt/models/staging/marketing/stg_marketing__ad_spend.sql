select
    spend_date,
    channel,
    campaign_id,
    spend_eur,
    clicks
from {{ source('raw_marketing', 'ad_spend_daily') }}
