select
    employee_id,
    full_name,
    department,
    birth_date,
    hired_on,
    left_on,
    fte,
    country
from {{ source('raw_hr', 'employees') }}
