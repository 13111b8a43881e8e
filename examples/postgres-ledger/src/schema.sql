-- Credits of callers, in tokens. Each step of a call is one function, and so one transaction, which locks the
-- account first. So steps of one account never run at the same time, and no two of them wait for each other.

CREATE TABLE IF NOT EXISTS accounts (
    id text PRIMARY KEY,
    balance bigint NOT NULL DEFAULT 0,
    -- What of the balance is held for open calls.
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0)
);

CREATE TABLE IF NOT EXISTS calls (
    id text PRIMARY KEY,
    account text NOT NULL REFERENCES accounts,
    request_id text NOT NULL,
    -- What was held in total, and what of it is held now.
    reserved bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    -- When the hold expires; NULL if there is none.
    expires timestamptz,
    -- What was charged; NULL until the call is settled.
    used bigint,
    -- When the call was settled or its hold expired, whichever came last; NULL before.
    ended timestamptz,
    -- The settlement as JSON. Not of the type jsonb, which rejects texts with NUL, such as the model of a
    -- request.
    settlement text,
    CHECK (used IS NULL OR expires IS NULL),
    CHECK (held = 0 OR expires IS NOT NULL)
);

CREATE INDEX IF NOT EXISTS calls_expire ON calls (expires) WHERE expires IS NOT NULL;
CREATE INDEX IF NOT EXISTS calls_ended ON calls (ended);

-- Raises what is held for a call to `total`. Returns whether it is held.
CREATE OR REPLACE FUNCTION hold_credit(
    call_id text, account_id text, request text, total bigint, seconds double precision
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    free bigint;
    call calls;
    more bigint;
BEGIN
    SELECT balance - held INTO free FROM accounts WHERE id = account_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT * INTO call FROM calls WHERE id = call_id;
    more := greatest(total - coalesce(call.held, 0), 0);
    -- A step that comes after the settlement must hold nothing.
    IF call.used IS NOT NULL OR (more > 0 AND more > free) THEN
        RETURN false;
    END IF;
    INSERT INTO calls (id, account, request_id, reserved, held, expires)
        VALUES (call_id, account_id, request, more, more, clock_timestamp() + make_interval(secs => seconds))
        ON CONFLICT (id) DO UPDATE SET
            reserved = greatest(calls.reserved, calls.held + more),
            held = calls.held + more,
            expires = excluded.expires;
    UPDATE accounts SET held = held + more WHERE id = account_id;
    RETURN true;
END $$;

-- Charges a call and ends its hold, if it has one. A call is charged once, however often this is called.
CREATE OR REPLACE FUNCTION settle_call(
    call_id text, account_id text, request text, amount bigint, details text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    call calls;
BEGIN
    INSERT INTO accounts (id) VALUES (account_id) ON CONFLICT DO NOTHING;
    PERFORM FROM accounts WHERE id = account_id FOR UPDATE;
    SELECT * INTO call FROM calls WHERE id = call_id;
    IF call.used IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO calls (id, account, request_id, used, ended, settlement)
        VALUES (call_id, account_id, request, amount, clock_timestamp(), details)
        ON CONFLICT (id) DO UPDATE SET
            held = 0, expires = NULL, used = amount, ended = excluded.ended, settlement = details;
    UPDATE accounts SET balance = balance - amount, held = held - coalesce(call.held, 0) WHERE id = account_id;
END $$;

-- Releases the holds that have expired, and returns their number. The calls may still be settled.
CREATE OR REPLACE FUNCTION release_expired() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    call calls;
    released bigint := 0;
BEGIN
    -- In the order of the accounts, so that two processes that sweep never wait for each other.
    FOR call IN SELECT * FROM calls WHERE expires < clock_timestamp() ORDER BY account LOOP
        PERFORM FROM accounts WHERE id = call.account FOR UPDATE;
        SELECT * INTO call FROM calls WHERE id = call.id AND expires < clock_timestamp();
        CONTINUE WHEN NOT FOUND;
        UPDATE calls SET held = 0, expires = NULL, ended = clock_timestamp() WHERE id = call.id;
        UPDATE accounts SET held = held - call.held WHERE id = call.account;
        released := released + 1;
    END LOOP;
    RETURN released;
END $$;
