select spend_date, channel, campaign_id, spend_eur, clicks
from {{ ref('stg_marketing__ad_spend') }}
