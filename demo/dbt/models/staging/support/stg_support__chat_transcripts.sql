select
    chat_id,
    ticket_id,
    transcript,
    escalated,
    started_at
from {{ source('raw_support', 'chat_transcripts') }}
