-- Take a partition: from here on only the returned token may commit.
-- KEYS: meta    ARGV: none
-- Returns: token, commits so far, next offset, progress
local token = redis.call('HINCRBY', KEYS[1], 'token', 1)
local rest = redis.call('HMGET', KEYS[1], 'commits', 'offset', 'progress')
return {token, rest[1], rest[2], rest[3]}
