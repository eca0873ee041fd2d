select
    line_id,
    employee_id,
    month,
    gross_salary_eur,
    bonus_eur
from {{ source('raw_hr', 'payroll_lines') }}
