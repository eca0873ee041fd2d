-- Maps every customer number we ever issued to today's rider_id. Matching is on the lower-cased e-mail address,
-- then on the old "K" number that the ERP kept in ALTKN.
select
    r.rider_id,
    c.old_customer_id,
    e.erp_customer_no,
    r.account_id,
    k.crm_customer_key,
    case when e.erp_customer_no is not null then 'mail+erp' when c.old_customer_id is not null then 'mail' else 'app' end as matched_by
from {{ ref('stg_app__riders') }} r
left join {{ ref('stg_app__customers') }} c on lower(c.email) = lower(r.email)
left join {{ ref('stg_erp__custmast') }} e on e.old_customer_no = c.customer_no
left join {{ ref('stg_crm__customers') }} k on k.account_id = r.account_id
