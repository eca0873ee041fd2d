select a.account_id, a.account_name, a.country, a.employee_count, a.lifecycle, a.owner_login, s.contracted_seats
from {{ ref('stg_crm__accounts') }} a
left join {{ ref('int_employer_seats') }} s using (account_id)
