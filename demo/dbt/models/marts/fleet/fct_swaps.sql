select swap_id, subscription_id, rider_id, store_id, reason, is_breakdown, requested_at, done_at, hours_to_swap, within_sla
from {{ ref('int_swaps_enriched') }}
