-- 국민건강보험법 §44, 시행령 §19 and annex 3: what a year's own share of covered costs exceeds the cap by. Won, in units
-- of 10,000 below; one row per person and year. §91: three years.
WITH caps(year, first, second, fourth, sixth, eighth, ninth, tenth, long_stay) AS (
    VALUES (2023, 87, 108, 162, 303, 414, 497, 780, false), (2023, 134, 168, 227, 375, 538, 646, 1014, true),
           (2024, 87, 108, 167, 313, 428, 514, 808, false), (2024, 138, 174, 235, 388, 557, 669, 1050, true),
           (2025, 89, 110, 170, 320, 437, 525, 826, false), (2025, 141, 178, 240, 396, 569, 684, 1074, true),
           (2026, 90, 112, 173, 326, 446, 536, 843, false), (2026, 143, 181, 245, 404, 580, 698, 1096, true)
),
capped AS (
    SELECT c.*, 10000 * CASE WHEN decile <= 1 THEN first WHEN decile <= 3 THEN second WHEN decile <= 5 THEN fourth
                             WHEN decile <= 7 THEN sixth WHEN decile <= 8 THEN eighth WHEN decile <= 9 THEN ninth
                             WHEN decile > 9 THEN tenth END AS cap
    FROM copayments c LEFT JOIN caps USING (year, long_stay)
    WHERE settled_on IS NULL OR settled_on <= today()
),
judged AS (
    SELECT *, higher_of(covered_paid - cap - refunded, 0) AS remaining,
           CASE WHEN year >= 2023 THEN period_end(settled_on, 3) END AS claim_by,
           covered_paid > cap AND higher_of(covered_paid - cap - refunded, 0) > 0
           AND today() <= CASE WHEN year >= 2023 THEN period_end(settled_on, 3) END AS holds
    FROM capped
)
SELECT settlement AS unit_id, year::VARCHAR AS period, status_of(holds, remaining) AS status, remaining AS amount,
       [remaining] AS parts, false AS at_least, NULL::DATE AS accrues_from, settled_on AS claim_from, claim_by
FROM judged WHERE holds IS NOT FALSE
