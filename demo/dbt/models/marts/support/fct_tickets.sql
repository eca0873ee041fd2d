select t.ticket_id, t.rider_id, t.topic, t.channel, t.ticket_status, t.opened_at, t.handle_minutes, c.score as csat_score
from {{ ref('stg_support__tickets') }} t
left join {{ ref('stg_support__csat_answers') }} c using (ticket_id)
