select
    c.account_id,
    sum(c.seats) as contracted_seats,
    count(distinct r.rider_id) as riders_linked,
    max(c.seat_price_eur) as seat_price_eur
from {{ ref('stg_crm__employer_contracts') }} c
left join {{ ref('stg_app__riders') }} r using (account_id)
group by 1
