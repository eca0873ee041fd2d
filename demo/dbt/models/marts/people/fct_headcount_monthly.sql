select m.month, e.department, e.country, count(*) as headcount, sum(e.fte) as fte
from (select distinct cast(date_trunc('month', date_day) as date) as month from {{ ref('all_days') }}) m
join {{ ref('dim_employee') }} e
  on e.hired_on < m.month + interval 1 month
 and (e.left_on is null or e.left_on >= m.month)
where m.month <= cast('{{ var("demo_now") }}' as date)
group by 1, 2, 3
