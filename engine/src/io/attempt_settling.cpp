// engine: what stands at the key of an attempt whose request was not clearly answered.
#include "attempt_settling.hpp"

#include "read_back.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice {

namespace {

/// There is no token, so the bytes must prove it: by the store's own checksum, or read back. A
/// store may keep no metadata, or none of uploads.
task<result<standing>> look_at_bytes(attempt& at, s3::object_head head) {
    const object_layout& planned = at.planner.layout();
    if (head.size != planned.bytes()) co_return standing::foreign;
    bool same = head.sum.value == planned.crc64nvme();
    if (head.sum.algorithm != s3::checksum::kind::crc64nvme) {
        sent_object expected{at.full_key(), head.etag, planned.bytes(), planned.crc64nvme()};
        auto read = co_await reads_back(at.lane, std::move(expected));
        if (!read) co_return read.error();
        same = *read;
    }
    co_return same ? standing::ours : standing::foreign;
}

} // namespace

task<result<standing>> look_at_key(attempt& at) {
    const std::string key = at.full_key();
    auto ask = [&at, &key] { return at.store().head(at.lane.key.bucket, key, deadline::never()); };
    auto head = co_await persistently(at.lane.run, at.lane.target.patient, at.last_error(), ask);
    if (!head) {
        if (head.error().code == s3::s3_errc::no_such_key) co_return standing::absent;
        co_return head.error();
    }
    const auto token = head->meta.find("sluice-token");
    if (token == head->meta.end()) {
        auto seen = co_await look_at_bytes(at, std::move(*head));
        co_return seen;
    }
    if (token->second != at.plan.token) co_return standing::foreign;
    const object_layout& planned = at.planner.layout();
    const bool summed = head->sum.algorithm == s3::checksum::kind::crc64nvme;
    const bool same =
        head->size == planned.bytes() && (!summed || head->sum.value == planned.crc64nvme());
    co_return same ? standing::ours : standing::differs;
}

failure foreign_object(const attempt& at) {
    failure why;
    why.code = engine_errc::foreign_object;
    why.where =
        "s3://" + at.lane.key.bucket + "/" + at.full_key() +
        ": somebody else's object stands at a key that was ours alone; nothing was overwritten";
    return why;
}

} // namespace sluice
