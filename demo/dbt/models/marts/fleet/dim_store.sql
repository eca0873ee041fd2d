select s.store_id, s.store_name, s.city, s.country, c.country_name, s.opened_on, s.closed_on
from {{ ref('stg_app__stores') }} s
left join {{ ref('country_codes') }} c using (country)
