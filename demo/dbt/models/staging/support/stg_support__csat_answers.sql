select
    ticket_id,
    score,
    answered_at
from {{ source('raw_support', 'csat_answers') }}
