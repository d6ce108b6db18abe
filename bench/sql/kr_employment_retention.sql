-- 고용보험법 §21, §107 and 시행령 §19 to §21: the subsidy of one reported month, from 2025 on. Won; one row per measure.
-- Where the limit of 66,000 won a day touches somebody, what is sure at least.
WITH measure AS (
    SELECT *, CASE WHEN claimed_on <= today() THEN claimed_on END AS asked_on,
           plus_months(month, 1) AS after, plus_months(month, 2) AS free_from, month >= DATE '2025-01-01' AS read
    FROM measures WHERE filed_on <= today()
),
staff AS (  -- who was insured for ninety days; one of whom that is not known leaves every sum open
    SELECT _group, employer, month, bool_or(insured_days IS NULL) AS open, count(*) AS people,
           CASE WHEN count(hours_normal) = count(*) THEN sum(hours_normal) END AS agreed,
           CASE WHEN count(hours_worked) = count(*) THEN sum(hours_worked) END AS worked,
           CASE WHEN count(compensation) = count(*) THEN sum(compensation) END AS compensation
    FROM staff_months WHERE (insured_days >= 90) IS NOT FALSE GROUP BY ALL
),
compensated AS (
    SELECT _group, employer, month, bool_or((insured_days >= 90 AND compensation > 0) IS NULL) AS open,
           CASE WHEN count(compensation) = count(*) THEN max(compensation) END AS highest,
           CASE WHEN count(days_cut) = count(*) THEN min(days_cut) END AS fewest
    FROM staff_months WHERE (insured_days >= 90 AND compensation > 0) IS NOT FALSE GROUP BY ALL
),
dismissal AS (
    SELECT m.measure, bool_or(d.reason = 'dismissed') AS sure, bool_or(d.reason IS NULL) AS open,
           min(d.left_on) AS first_day
    FROM measure m JOIN departures d ON d._group = m._group AND d.employer = m.employer
    WHERE d.left_on >= m.month AND d.left_on <= today() AND (d.reason = 'dismissed') IS NOT FALSE GROUP BY ALL
),
unit AS (
    SELECT m.*, e.size_class,
           CASE WHEN s.people IS NULL THEN 0 WHEN NOT s.open THEN s.agreed END AS agreed,
           CASE WHEN s.people IS NULL THEN 0 WHEN NOT s.open THEN s.worked END AS worked,
           CASE WHEN s.people IS NULL THEN 0 WHEN NOT s.open THEN s.compensation END AS compensation,
           CASE WHEN c.employer IS NULL THEN 0 WHEN NOT c.open THEN c.highest END AS highest,
           CASE WHEN c.employer IS NULL THEN 0 WHEN NOT c.open THEN c.fewest END AS fewest,
           CASE WHEN d.measure IS NULL THEN false WHEN d.sure THEN true END AS dismissed,
           CASE WHEN NOT d.open THEN d.first_day END AS dismissed_on
    FROM measure m
    LEFT JOIN employers e ON e._group = m._group AND e.employer = m.employer
    LEFT JOIN staff s ON s._group = m._group AND s.employer = m.employer AND s.month = m.month
    LEFT JOIN compensated c ON c._group = m._group AND c.employer = m.employer AND c.month = m.month
    LEFT JOIN dismissal d ON d.measure = m.measure
),
shares AS (
    SELECT *, (after - month) AS days,
           higher_of(lower_of(after - month, CASE WHEN read THEN 180 END - days_used), 0) AS supported,
           CASE WHEN (agreed - worked) * 100 >= agreed * 50 AND read THEN 4
                WHEN (agreed - worked) * 100 < agreed * 50 AND read
                     THEN CASE size_class WHEN 'priority' THEN 4 WHEN 'large' THEN 3 END END AS sixths
    FROM unit
),
capped AS (
    SELECT *, highest * sixths <= CASE WHEN read THEN 66000 END * fewest * 6 AS free_of_cap FROM shares
),
parts AS (
    SELECT *,
           higher_of(CASE WHEN free_of_cap THEN portion(compensation, supported * sixths, days * 6)
                          WHEN NOT free_of_cap
                               THEN portion(compensation, supported * 66000 * fewest, days * highest) END, 0) AS subsidy,
           CASE WHEN free_of_cap THEN 0 END AS beyond,
           CASE WHEN read THEN plus_years(after, 3) - 1 END AS claim_by,
           CASE WHEN read THEN free_from END AS claim_from
    FROM capped
),
judged AS (
    SELECT *, subsidy + coalesce(beyond, 0) AS amount,
           (filed_on < month OR (cause = 'other' AND filed_on <= CASE WHEN read THEN month + 3 END)
            OR (cause = 'disaster' AND filed_on <= CASE WHEN read THEN month + 30 END))
           AND agreed > 0 AND (agreed - worked) * 100 >= agreed * CASE WHEN read THEN 20 END
           AND compensation > 0
           AND NOT (dismissed AND dismissed_on < claim_from) AND (today() >= claim_from OR NULL)
           AND days_used < CASE WHEN read THEN 180 END
           AND asked_on IS NULL AND today() <= claim_by AS holds
    FROM parts
)
SELECT measure AS unit_id, month::VARCHAR AS period, status_of(holds, amount) AS status, amount,
       [subsidy, beyond] AS parts, beyond IS NULL AS at_least, NULL::DATE AS accrues_from, claim_from, claim_by
FROM judged WHERE holds IS NOT FALSE
