{# Fails for each month in which a model's net amount and the ERP ledger differ by more than `tolerance` euro. #}
{% test reconciles_with_ledger(model, column_name, ledger, date_column, tolerance=1) %}
with ours as (
    select date_trunc('month', {{ date_column }}) as month, sum({{ column_name }}) as amount from {{ model }} group by 1
),
theirs as (
    select date_trunc('month', posted_on) as month, sum(amount_eur) as amount from {{ ledger }} group by 1
)
select ours.month, ours.amount as invoiced, theirs.amount as booked
from ours
join theirs using (month)
where abs(ours.amount - theirs.amount) > {{ tolerance }}
{% endtest %}
