select e.event_id, e.subscription_id, s.rider_id, e.event_type, e.occurred_at
from {{ ref('stg_app__subscription_events') }} e
join {{ ref('stg_app__subscriptions') }} s using (subscription_id)
