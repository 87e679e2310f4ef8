-- What a retraining has found: the decision, the challenger, and the request that is fulfilled, as one.
-- KEYS: decisions, wishes, retraining
-- ARGV: decision or nothing, id of the request, id of the wish or nothing, the wish
local asked = redis.call('HGET', KEYS[3], 'asked')
-- a newer request stays
if asked and cjson.decode(asked)['id'] == ARGV[2] then redis.call('HDEL', KEYS[3], 'asked') end
-- handed over before: the answer was lost, or a child outlived its trainer and another began anew
if redis.call('HGET', KEYS[3], 'handed') == ARGV[2] then return 0 end
redis.call('HSET', KEYS[3], 'handed', ARGV[2])
if ARGV[1] ~= '' then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', 10000, '*', 'decision', ARGV[1])
end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], ARGV[3], ARGV[4]) end
return 1
