-- 아동수당법 §4, §10, §13, 부칙 <제21489호> §2 and 시행령 §2, for days from 2025 on. Won a month; one row per child.
WITH paying AS (
    SELECT _group, resident, bool_or(benefit = 'child_allowance') AS allowance,
           bool_or(benefit = 'parent_allowance') AS parents
    FROM benefits WHERE since <= today() AND (until IS NULL OR until >= today()) GROUP BY ALL
),
unit AS (
    SELECT c.child AS unit_id, c.birth_date AS born, c.in_daycare, h.region_class AS area,
           CASE WHEN c.abroad_since <= today() THEN c.abroad_since END AS abroad_since,
           coalesce(own.allowance, false) AS has_it, coalesce(own.parents, false) AS has_parents_part,
           coalesce(guardian.allowance, false) AS guardian_has_one,
           year(today()) - year(c.birth_date) AS years, month(today()) - month(c.birth_date) AS months
    FROM children c
    LEFT JOIN households h ON h._group = c._group
    LEFT JOIN paying own ON own._group = c._group AND own.resident = c.child
    LEFT JOIN paying guardian ON guardian._group = c._group AND guardian.resident = c.guardian
    WHERE c.reported_on IS NULL OR c.reported_on <= today()
),
parts AS (
    SELECT *, 100000 AS allowance,
           CASE WHEN area IS NULL THEN NULL WHEN year(today()) < 2026 THEN 0
                ELSE CASE area WHEN 'capital' THEN 0 WHEN 'other' THEN 5000 WHEN 'declining' THEN 10000
                               WHEN 'declining_notified' THEN 20000 END END AS for_area,
           CASE WHEN years * 12 + months >= 24 OR has_parents_part THEN 0
                WHEN NOT in_daycare AND years * 12 + months < 12 THEN 1000000
                WHEN NOT in_daycare THEN 500000 END AS for_parents
    FROM unit
),
judged AS (
    SELECT *, allowance + coalesce(for_area, 0) + coalesce(for_parents, 0) AS amount,
           born <= today()
           AND (month_start(today()) < month_start(plus_years(born, CASE year(today()) WHEN 2025 THEN 8 WHEN 2026 THEN 9
                    WHEN 2027 THEN 10 WHEN 2028 THEN 11 WHEN 2029 THEN 12 ELSE 13 END))
                OR (year(born) = 2017 AND year(today()) BETWEEN 2026 AND 2029))
           AND (abroad_since IS NULL OR month_start(today()) <= month_start(abroad_since + 90))
           AND NOT has_it AND CASE WHEN guardian_has_one THEN NULL ELSE true END AS holds
    FROM parts
)
SELECT unit_id, '' AS period, status_of(holds, amount) AS status, amount,
       [allowance, for_area, for_parents] AS parts, for_area IS NULL OR for_parents IS NULL AS at_least,
       NULL::DATE AS accrues_from,
       CASE WHEN month_start(plus_years(born, 8)) <= make_date(CASE WHEN year(today()) < 2026 THEN 2022 ELSE 2026 END, 1, 1)
            THEN make_date(CASE WHEN year(today()) < 2026 THEN 2022 ELSE 2026 END, 1, 1) ELSE born END AS claim_from,
       CASE WHEN today() <= born + 59 THEN born + 59 END AS claim_by
FROM judged WHERE holds IS NOT FALSE
