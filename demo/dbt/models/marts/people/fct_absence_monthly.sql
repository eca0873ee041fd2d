select date_trunc('month', a.starts_on) as month, e.department, a.absence_kind, sum(a.days) as days
from {{ ref('stg_hr__absences') }} a
join {{ ref('dim_employee') }} e using (employee_id)
group by 1, 2, 3
