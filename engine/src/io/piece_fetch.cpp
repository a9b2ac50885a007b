// engine: one piece of an object, brought into memory and checked.
#include "piece_fetch.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>

namespace sluice {

namespace {

constexpr unsigned readings = 3;

/// Takes a body of known length straight into its final memory, checksumming each window as it
/// comes.
class checked_sink final : public s3::body_sink {
  public:
    explicit checked_sink(fetched_bytes& into) : into_(into.bytes.span()), sum_(into.sum) {}

    result<void> begin(std::uint64_t size) override {
        sum_.restart();
        if (size == into_.size()) return result<void>();
        failure why;
        why.code = s3::s3_errc::unexpected_range;
        return why;
    }
    bytes_span room(std::size_t most) override {
        return into_.subspan(sum_.size(), std::min(most, into_.size() - sum_.size()));
    }
    result<void> took(std::size_t n) override {
        sum_.take(into_.subspan(sum_.size(), n));
        return result<void>();
    }
    bool holds(std::uint64_t crc) const {
        return sum_.size() == into_.size() && sum_.value() == crc;
    }

  private:
    bytes_span into_;
    crc64nvme_track& sum_;
};

failure damaged_piece(const import_source& from, const fetch_item& what, const std::string& how) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = "s3://" + from.where.bucket + "/" + join_key(from.where.folder, what.key) +
                ", bytes " + std::to_string(what.at) + " to " +
                std::to_string(what.at + what.size) + " (piece " + std::to_string(what.piece) +
                ", events " + to_string(what.first) + " up to " + to_string(what.next) +
                "): " + how;
    return why;
}

bool is_another_object(const failure& why) {
    return why.code == s3::s3_errc::changed || why.code == s3::s3_errc::precondition_failed;
}

/// Nothing of the answer can be used, but another reading may help.
bool is_unusable_answer(const failure& why) {
    return why.code == s3::s3_errc::unexpected_range || why.code == s3::s3_errc::checksum_mismatch;
}

} // namespace

task<result<void>>
fetch_piece(transfer_run& run, import_source& from, const fetch_item& what, fetched_bytes& into) {
    into.bytes.reset(what.size);
    into.sum.restart();
    if (what.size == 0) co_return result<void>(); // nulls and empty values are no bytes of `raw`
    s3::get_request request;
    request.bucket = from.where.bucket;
    request.key = join_key(from.where.folder, what.key);
    s3::byte_range range;
    range.first = what.at;
    range.size = what.size;
    request.range = range;
    std::string how = "its checksum is not the one committed";
    for (unsigned turn = 0; turn < readings; ++turn) {
        const auto known = from.etags.find(what.key);
        request.if_match = known == from.etags.end() ? "" : known->second;
        checked_sink sink(into);
        auto get = [&from, &request, &sink] {
            return from.store.get(request, sink, deadline::never());
        };
        auto got = co_await persistently(run, from.patient, from.seen.last_error, get);
        if (got && sink.holds(what.crc64nvme)) {
            from.etags[what.key] = got->etag;
            co_return result<void>();
        }
        if (got) continue;
        const failure& why = got.error();
        if (why.code == s3::s3_errc::no_such_key)
            co_return damaged_piece(from, what, "the object is missing");
        // Another object stands at the key: whether it will do, the checksum decides.
        if (is_another_object(why))
            from.etags.erase(what.key);
        else if (why.code == s3::s3_errc::invalid_range)
            how = "the object is shorter than committed";
        else if (!is_unusable_answer(why))
            co_return why;
    }
    co_return damaged_piece(from, what, how);
}

} // namespace sluice
