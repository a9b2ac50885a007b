// engine: one piece of an object, brought into memory and checked.
#include "piece_fetch.hpp"

#include "../core/get_failures.hpp"
#include "span_sink.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

namespace sluice {

namespace {

constexpr unsigned readings = 3;

/// Checksums each window as it comes.
class checked_sink final : public span_sink {
  public:
    explicit checked_sink(fetched_bytes& into) : span_sink(into.bytes.span()), sum_(into.sum) {}

    result<void> begin(std::uint64_t size) override {
        sum_.restart();
        return span_sink::begin(size);
    }
    result<void> took(std::size_t n) override {
        sum_.take(arriving(n));
        return span_sink::took(n);
    }
    bool holds(std::uint64_t crc) const { return is_full() && sum_.value() == crc; }

  private:
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
