{# Replaces the adapter's clock, so that freshness and snapshots come out the same on any day. #}
{% macro duckdb__current_timestamp() -%}
    cast('{{ var("demo_now") }}' as timestamp)
{%- endmacro %}
