select
    date_trunc('week', started_at) as week,
    count(*) as chats,
    count(*) filter (where not escalated) / count(*) as deflection_rate
from {{ ref('stg_support__chat_transcripts') }}
group by 1
