-- Take a partition, or learning: from here on only this token may commit.
-- KEYS: meta, or learner
-- ARGV: token, that nobody else has ever had; then fields
-- Returns: the values of the fields
redis.call('HSET', KEYS[1], 'token', ARGV[1])
return redis.call('HMGET', KEYS[1], unpack(ARGV, 2))
