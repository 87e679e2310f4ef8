-- What a retraining has found: the decision, the challenger, and the request that is fulfilled, as one.
-- KEYS: decisions, wishes, retraining
-- ARGV: decision or nothing, id of the request, id of the wish or nothing, the wish
if ARGV[1] ~= '' then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', 10000, '*', 'decision', ARGV[1])
end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], ARGV[3], ARGV[4]) end
local asked = redis.call('HGET', KEYS[3], 'asked')
-- a newer request stays
if asked and cjson.decode(asked)['id'] == ARGV[2] then redis.call('HDEL', KEYS[3], 'asked') end
return 1
