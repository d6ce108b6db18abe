-- What every programme uses. least() and greatest() pass over nulls; these keep unknown unknown.
CREATE OR REPLACE MACRO today() AS getvariable('as_of');
CREATE OR REPLACE MACRO lower_of(a, b) AS CASE WHEN a <= b THEN a WHEN a > b THEN b END;
CREATE OR REPLACE MACRO higher_of(a, b) AS CASE WHEN a >= b THEN a WHEN a < b THEN b END;
-- // drops a fraction toward zero; the law's "below one is dropped" goes down
CREATE OR REPLACE MACRO down(a, d) AS CASE WHEN d <> 0 THEN a // d - (a % d <> 0 AND (a < 0) <> (d < 0))::BIGINT END;
CREATE OR REPLACE MACRO portion(a, n, d) AS down(a::HUGEINT * n, d);
CREATE OR REPLACE MACRO tens(a) AS down(a, 10) * 10;
CREATE OR REPLACE MACRO month_start(d) AS date_trunc('month', d)::DATE;
CREATE OR REPLACE MACRO plus_years(d, n) AS (d + to_years(n::INTEGER))::DATE;
-- 민법 §157, §160: counted from the day after, so that what begins on 1 March ends with February, leap day or not
CREATE OR REPLACE MACRO period_end(d, n) AS CASE WHEN month(d + 1) = 3 AND day(d + 1) = 1
    THEN (last_day(make_date(year(d) + n, 2, 1)))::DATE ELSE plus_years(d, n) END;
CREATE OR REPLACE MACRO plus_months(d, n) AS (d + to_months(n::INTEGER))::DATE;
CREATE OR REPLACE MACRO status_of(holds, amount) AS
    CASE WHEN holds AND amount IS NOT NULL THEN 'entitled' ELSE 'unknown' END;
