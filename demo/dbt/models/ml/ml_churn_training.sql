select f.*, m.month as label_month, m.is_ending as churned_next_month
from {{ ref('ml_rider_features') }} f
join {{ ref('int_subscription_months') }} m using (rider_id)
