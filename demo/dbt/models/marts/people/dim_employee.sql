select employee_id, full_name, department, date_part('year', birth_date) as birth_year, hired_on, left_on, fte, country
from {{ ref('stg_hr__employees') }}
