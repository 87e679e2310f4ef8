-- Say how far some partitions are; take back what was said of others, unless somebody else has
-- spoken for them since.
-- KEYS: pulse    ARGV: how many are spoken for, (partition, sign)..., then those to be taken back:
--                (partition, sign as we gave it)...
local last = 1 + 2 * tonumber(ARGV[1])
if last > 1 then redis.call('HSET', KEYS[1], unpack(ARGV, 2, last)) end
for i = last + 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return 1
