select
    account_id,
    contracted_seats,
    riders_linked,
    riders_linked / contracted_seats as seat_fill_rate,
    contracted_seats * seat_price_eur as contracted_mrr_eur
from {{ ref('int_employer_seats') }}
