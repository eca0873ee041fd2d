-- A bike cannot be with two riders at once. Warns only: the app back-dates returns, see the fleet runbook.
{{ config(severity='warn', tags=['fleet']) }}
select a.bike_id, a.assignment_id, b.assignment_id as other_assignment_id
from {{ ref('stg_app__bike_assignments') }} a
join {{ ref('stg_app__bike_assignments') }} b
  on a.bike_id = b.bike_id
 and a.assignment_id < b.assignment_id
 and a.assigned_at < coalesce(b.returned_at, date '2999-01-01')
 and b.assigned_at < coalesce(a.returned_at, date '2999-01-01')
