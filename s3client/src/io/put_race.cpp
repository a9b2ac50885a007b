// s3client: whether a store lets exactly one of several simultaneous writers create an object.
#include <sluice/base/bytes.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/s3/body.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/s3/put_race.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

task<void> contend(
    object_store& store, const put_request& what, unsigned number, race_outcome& race, deadline by
) {
    const std::string text = "contender " + std::to_string(number);
    memory_source body(as_bytes(text));
    auto put = co_await store.put(what, body, by);
    if (put)
        race.won.push_back(std::move(*put));
    else if (put.error().code != s3_errc::precondition_failed && put.error().code != s3_errc::conditional_conflict)
        race.other = put.error();
}

} // namespace

task<race_outcome> race_to_create(
    any_io_executor on, object_store& store, std::string bucket, std::string key, deadline by
) {
    put_request what;
    what.bucket = std::move(bucket);
    what.key = std::move(key);
    what.if_none_match = true;
    race_outcome race;
    task_group group(on);
    for (unsigned n = 0; n < race_contenders; ++n)
        group.spawn([&store, &what, n, &race, by] { return contend(store, what, n, race, by); });
    co_await group.join();
    co_return std::move(race);
}

} // namespace sluice::s3
