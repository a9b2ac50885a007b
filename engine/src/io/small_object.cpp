// engine: an object that is read whole into memory.
#include "small_object.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

namespace sluice {

failure damaged_commit(
    const export_folder& where,
    std::uint32_t partition,
    std::uint64_t number,
    const std::string& how
) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where =
        "s3://" + where.bucket + "/" + commit_key(where.folder, partition, number) + ": " + how;
    return why;
}

task<result<std::optional<std::string>>> fetch_small(
    s3::object_store& store, std::string bucket, std::string key, std::uint64_t largest, deadline by
) {
    s3::get_request request;
    request.bucket = std::move(bucket);
    request.key = std::move(key);
    s3::memory_sink body(largest);
    auto got = co_await store.get(request, body, by);
    if (!got && got.error().code == s3::s3_errc::no_such_key)
        co_return std::optional<std::string>();
    if (!got && got.error().code == errc::limit_exceeded) {
        failure why = got.error();
        why.code = engine_errc::damaged_object;
        why.where = "s3://" + request.bucket + "/" + request.key + ": " + why.where;
        co_return why;
    }
    if (!got) co_return got.error();
    co_return std::optional<std::string>(as_text(body.bytes()));
}

} // namespace sluice
