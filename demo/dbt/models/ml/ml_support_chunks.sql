-- Solved chats, one chunk each, for the support assistant's retrieval. Names are masked, free text is not.
select
    c.chat_id,
    c.ticket_id,
    t.topic,
    regexp_replace(c.transcript, '\+31 6 [0-9]+', '[phone]') as chunk_text,
    c.started_at
from {{ ref('stg_support__chat_transcripts') }} c
join {{ ref('fct_tickets') }} t using (ticket_id)
where not c.escalated
