select p.month, p.employee_id, e.department, p.gross_salary_eur, p.bonus_eur
from {{ ref('stg_hr__payroll_lines') }} p
join {{ ref('dim_employee') }} e using (employee_id)
