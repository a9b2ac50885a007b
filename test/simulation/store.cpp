// simulation: S3 as one process meets it, with all that can go wrong on the way.
#include "store.hpp"

#include "coverage.hpp"
#include "virtual_time.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>

namespace sluice::simulation {

namespace {

using s3::s3_errc;

failure answer(s3_errc code, const std::string& where) {
    failure why;
    why.code = code;
    why.where = where;
    return why;
}

std::int64_t micros_now() {
    return std::chrono::duration_cast<std::chrono::microseconds>(virtual_now()).count();
}

task<result<void>> read_body(s3::body_source& from, const s3::checksum& sum, std::string& into) {
    from.rewind();
    while (into.size() < from.size()) {
        auto more = co_await from.next(64 << 10);
        if (!more) co_return more.error();
        if (more->empty()) break;
        into += as_text(*more);
    }
    if (into.size() != from.size())
        co_return answer(s3_errc::other_client_error, "the body has not the announced size");
    const bool differs =
        sum.algorithm == s3::checksum::kind::crc64nvme && sum.value != crc64nvme(as_bytes(into));
    if (differs) co_return answer(s3_errc::bad_digest, "the body has another checksum");
    co_return result<void>();
}

result<void> give(s3::body_sink& to, const std::string& body) {
    auto begun = to.begin(body.size());
    if (!begun) return begun;
    for (std::size_t at = 0; at < body.size();) {
        const bytes_span room = to.room(std::min<std::size_t>(body.size() - at, 64 << 10));
        const std::size_t size = std::min(room.size(), body.size() - at);
        const bytes_view from = as_bytes(body).subspan(at, size);
        std::copy(from.begin(), from.end(), room.begin());
        auto took = to.took(size);
        if (!took) return took;
        at += size;
    }
    return result<void>();
}

s3::object_head head_of(const stored_object& what, bool with_sum) {
    s3::object_head head;
    head.size = what.bytes.size();
    head.etag = what.etag;
    head.meta = what.meta;
    if (with_sum) head.sum = {s3::checksum::kind::crc64nvme, crc64nvme(as_bytes(what.bytes))};
    return head;
}

/// What may be told instead of an answer, whether something happened or not.
s3_errc unclear(std::mt19937_64& random) {
    constexpr s3_errc words[] = {
        s3_errc::connection_lost, s3_errc::timed_out, s3_errc::internal_error, s3_errc::slow_down};
    return words[random() % std::size(words)];
}

/// "put commit", "part", "list" …: the operation, and for reads and writes of what.
std::string operation_of(const std::string& where) {
    const std::string first = where.substr(0, where.find(' '));
    const bool by_kind = first == "put" || first == "get" || first == "head" || first == "delete";
    if (!by_kind) return first;
    for (const char* kind : {"commits", "pages", "probe", "stream.json"})
        if (where.find("/_sluice/" + std::string(kind)) != where.npos) return first + " " + kind;
    return first + " object";
}

/// What changes the bucket is rare among all requests, and meets what can go wrong more often.
unsigned weight_of(const std::string& operation) {
    for (const char* each : {"put commits", "put object", "create", "part", "complete", "abort"})
        if (operation == each) return 6;
    return 1;
}

/// One request on its way.
template <class T>
struct exchange {
    std::optional<result<T>> told;
};

} // namespace

std::vector<std::string> cloud::violations() const {
    std::vector<std::string> all;
    for (const auto& [name, each] : buckets)
        all.insert(all.end(), each.violations.begin(), each.violations.end());
    return all;
}

template <class T>
task<result<T>> store::ask(
    std::string in, std::string where, bool conditional, std::function<result<T>(bucket&)> act
) {
    using std::chrono::microseconds;
    const std::string operation = operation_of(where);
    if (!whose_->dead()) whose_->step("request");
    if (whose_->dead()) co_return answer(s3_errc::connection_lost, where);
    ++of_.requests;
    auto& random = of_.random;
    const auto draw = [&random](std::chrono::microseconds most) {
        return microseconds(random() % static_cast<std::uint64_t>(most.count() + 1));
    };
    const auto slowest = std::chrono::duration_cast<microseconds>(of_.now.slowest);
    microseconds happens_in = draw(slowest / 2);
    microseconds told_in = happens_in + draw(slowest / 2);
    const unsigned weight = weight_of(operation);
    const bool refused = of_.happens(of_.now.refused * weight) || of_.down[in];
    const bool conflict = conditional && of_.happens(of_.now.conflict * weight);
    const bool late = of_.happens(of_.now.late * weight);
    const bool lost = late || of_.happens(of_.now.lost * weight);
    if (late) happens_in += draw(std::chrono::minutes(1));
    const auto way = std::make_shared<exchange<T>>();
    const char* const fate = refused    ? "refused before the effect"
                             : conflict ? "conflict"
                             : late     ? "effect after the failure"
                             : lost     ? "answer lost"
                                        : "answered";
    meet(operation + ": " + fate);
    if (of_.tell)
        of_.tell(
            whose_->name + " asks: " + where +
            (refused || conflict || lost ? std::string(" (") + fate + ")" : "")
        );
    if (!refused && !conflict) {
        const auto timer = std::make_shared<boost::asio::steady_timer>(of_.context, happens_in);
        const bool behind_time = late || whose_->woke();
        const std::string key = behind_time ? where.substr(where.rfind(' ') + 1) : std::string();
        timer->async_wait([timer, act, way, &cloud = of_, in, key](boost::system::error_code) {
            const auto found = cloud.buckets.find(in);
            if (found == cloud.buckets.end()) {
                way->told = result<T>(answer(s3_errc::no_such_bucket, in));
                return;
            }
            const std::size_t before = found->second.objects.size();
            way->told = act(found->second);
            if (!key.empty() && found->second.objects.size() > before)
                found->second.came_late.insert(key);
        });
    }
    boost::asio::steady_timer arrives(whose_->executor(), told_in);
    co_await arrives.async_wait(use_awaitable);
    if (!whose_->dead()) whose_->step("answer");
    if (whose_->dead()) {
        meet(operation + ": nobody waits for the answer");
        co_return answer(s3_errc::connection_lost, where);
    }
    if (conflict) co_return answer(s3_errc::conditional_conflict, where);
    if (refused || lost || !way->told) {
        const failure why = answer(unclear(random), where);
        meet(operation + ": told " + why.code.message());
        co_return why;
    }
    co_return *way->told;
}

task<result<s3::put_receipt>>
store::put(const s3::put_request& what, s3::body_source& from, deadline) {
    const auto body = std::make_shared<std::string>();
    const std::string key = what.key;
    auto read = co_await read_body(from, what.sum, *body);
    if (!read) co_return read.error();
    std::function<result<s3::put_receipt>(bucket&)> act =
        [body, key, meta = what.meta, once = what.if_none_match, &of = of_](bucket& in
        ) -> result<s3::put_receipt> {
        if (once && of.honours_conditions && in.objects.count(key) > 0)
            return answer(s3_errc::precondition_failed, "put " + key);
        stored_object fresh;
        fresh.bytes = *body;
        fresh.meta = meta;
        fresh.etag = "\"etag-" + std::to_string(++of.made) + "\"";
        const auto lag = std::chrono::duration_cast<std::chrono::microseconds>(of.listing_lag);
        fresh.listed_from =
            micros_now() + (lag.count() ? static_cast<std::int64_t>(of.random()) % lag.count() : 0);
        s3::put_receipt receipt;
        receipt.etag = fresh.etag;
        in.place(key, std::move(fresh));
        return receipt;
    };
    auto told = co_await ask("" + what.bucket, "put " + key, what.if_none_match, std::move(act));
    co_return told;
}

task<result<s3::object_head>> store::get(const s3::get_request& what, s3::body_sink& to, deadline) {
    const auto body = std::make_shared<std::string>();
    std::function<result<s3::object_head>(bucket&)> act =
        [body, key = what.key, range = what.range, match = what.if_match, &of = of_](bucket& in
        ) -> result<s3::object_head> {
        const auto found = in.objects.find(key);
        if (found == in.objects.end()) return answer(s3_errc::no_such_key, "get " + key);
        if (!match.empty() && match != found->second.etag)
            return answer(s3_errc::changed, "get " + key);
        const std::string& bytes = found->second.bytes;
        if (range && range->first >= bytes.size())
            return answer(s3_errc::invalid_range, "get " + key);
        *body = range ? bytes.substr(range->first, range->size) : bytes;
        return head_of(found->second, of.tells_checksums);
    };
    auto told = co_await ask(what.bucket, "get " + what.key, false, std::move(act));
    if (!told) co_return told;
    auto given = give(to, *body);
    if (!given) co_return given.error();
    co_return told;
}

task<result<s3::object_head>> store::head(const std::string& in, const std::string& key, deadline) {
    std::function<result<s3::object_head>(bucket&)> act = [key, &of = of_](bucket& at
                                                          ) -> result<s3::object_head> {
        const auto found = at.objects.find(key);
        if (found == at.objects.end()) return answer(s3_errc::no_such_key, "head " + key);
        return head_of(found->second, of.tells_checksums);
    };
    auto told = co_await ask(in, "head " + key, false, std::move(act));
    co_return told;
}

task<result<void>> store::remove(const std::string& in, const std::string& key, deadline) {
    std::function<result<void>(bucket&)> act = [key](bucket& at) -> result<void> {
        at.remove(key);
        return result<void>();
    };
    auto told = co_await ask(in, "delete " + key, false, std::move(act));
    co_return told;
}

task<result<s3::list_page>> store::list(const s3::list_request& what, deadline) {
    std::function<result<s3::list_page>(bucket&)> act =
        [prefix = what.prefix,
         delimiter = what.delimiter,
         behind = what.token.empty() ? what.start_after : what.token,
         limit = what.limit](bucket& in) -> result<s3::list_page> {
        s3::list_page page;
        std::string last;
        const std::int64_t now = micros_now();
        for (auto each = in.objects.lower_bound(prefix);
             each != in.objects.end() && each->first.starts_with(prefix);
             ++each) {
            const auto& [key, object] = *each;
            if (object.listed_from > now) {
                in.passed_over.insert(key);
                continue;
            }
            in.passed_over.erase(key);
            const auto cut =
                delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
            const bool folded = cut != std::string::npos;
            const std::string shown = folded ? key.substr(0, cut + delimiter.size()) : key;
            if (shown <= behind) continue;
            if (!page.prefixes.empty() && page.prefixes.back() == shown) continue;
            if (page.objects.size() + page.prefixes.size() == limit) {
                page.next_token = last;
                return page;
            }
            last = shown;
            if (folded)
                page.prefixes.push_back(shown);
            else
                page.objects.push_back({key, object.bytes.size(), object.etag, ""});
        }
        return page;
    };
    auto told = co_await ask(what.bucket, "list " + what.prefix, false, std::move(act));
    co_return told;
}

task<result<s3::created_upload>>
store::create_upload(const s3::create_upload_request& what, deadline) {
    std::function<result<s3::created_upload>(bucket&)> act =
        [key = what.key, meta = what.meta, &of = of_](bucket& in) -> result<s3::created_upload> {
        s3::created_upload made;
        made.id = "upload-" + std::to_string(++of.made);
        stored_upload& fresh = in.uploads[made.id];
        fresh.key = key;
        fresh.meta = meta;
        return made;
    };
    auto told = co_await ask(what.bucket, "create upload of " + what.key, false, std::move(act));
    co_return told;
}

task<result<s3::part_receipt>>
store::upload_part(const s3::upload_part_request& what, s3::body_source& from, deadline) {
    const auto body = std::make_shared<std::string>();
    auto read = co_await read_body(from, what.sum, *body);
    if (!read) co_return read.error();
    std::function<result<s3::part_receipt>(bucket&)> act =
        [body, key = what.key, id = what.upload_id, number = what.number, &of = of_](bucket& in
        ) -> result<s3::part_receipt> {
        const auto found = in.uploads.find(id);
        // A rule of the bucket may abort what is old.
        if (found != in.uploads.end() && of.happens(of.now.forgotten * 6)) {
            in.uploads.erase(found);
            meet("part: the upload is gone by the bucket's rule");
            return answer(s3_errc::no_such_upload, "part of " + key);
        }
        if (found == in.uploads.end() || found->second.key != key)
            return answer(s3_errc::no_such_upload, "part of " + key);
        stored_object& part = found->second.parts[number];
        part.bytes = *body;
        part.etag = "\"etag-" + std::to_string(++of.made) + "\"";
        s3::part_receipt receipt;
        receipt.etag = part.etag;
        return receipt;
    };
    auto told = co_await ask(what.bucket, "part of " + what.key, false, std::move(act));
    co_return told;
}

task<result<std::string>>
store::complete_upload(const s3::complete_upload_request& what, deadline) {
    std::function<result<std::string>(bucket&)> act = [request = what, &of = of_](bucket& in
                                                      ) -> result<std::string> {
        const std::string where = "complete " + request.key;
        const auto found = in.uploads.find(request.upload_id);
        if (found == in.uploads.end() || found->second.key != request.key)
            return answer(s3_errc::no_such_upload, where);
        if (of.happens(of.now.forgotten * 6)) {
            in.uploads.erase(found);
            meet("complete: the upload is gone by the bucket's rule");
            return answer(s3_errc::no_such_upload, where);
        }
        stored_object joined;
        joined.meta = found->second.meta;
        unsigned before = 0;
        for (const s3::finished_part& each : request.parts) {
            const auto part = found->second.parts.find(each.number);
            if (each.number <= before || part == found->second.parts.end() ||
                part->second.etag != each.etag)
                return answer(s3_errc::invalid_part, where);
            before = each.number;
            joined.bytes += part->second.bytes;
        }
        if (request.parts.empty()) return answer(s3_errc::other_client_error, where);
        if (request.if_none_match && of.honours_conditions && in.objects.count(request.key) > 0)
            return answer(s3_errc::precondition_failed, where);
        const bool summed = request.sum.algorithm == s3::checksum::kind::crc64nvme;
        if (summed && request.sum.value != crc64nvme(as_bytes(joined.bytes)))
            return answer(s3_errc::bad_digest, where);
        joined.etag = "\"etag-" + std::to_string(++of.made) + "\"";
        const std::string etag = joined.etag;
        in.uploads.erase(found);
        in.place(request.key, std::move(joined));
        return etag;
    };
    auto told =
        co_await ask(what.bucket, "complete " + what.key, what.if_none_match, std::move(act));
    co_return told;
}

task<result<void>> store::abort_upload(
    const std::string& in, const std::string& key, const std::string& upload_id, deadline
) {
    std::function<result<void>(bucket&)> act = [upload_id](bucket& at) -> result<void> {
        at.uploads.erase(upload_id);
        return result<void>();
    };
    auto told = co_await ask(in, "abort " + key, false, std::move(act));
    co_return told;
}

task<result<std::vector<s3::finished_part>>>
store::list_parts(const s3::list_parts_request& what, deadline) {
    using parts = std::vector<s3::finished_part>;
    std::function<result<parts>(bucket&)> act = [key = what.key,
                                                 id = what.upload_id](bucket& in) -> result<parts> {
        const auto found = in.uploads.find(id);
        if (found == in.uploads.end() || found->second.key != key)
            return answer(s3_errc::no_such_upload, "parts of " + key);
        parts listed;
        for (const auto& [number, part] : found->second.parts)
            listed.push_back({number, part.bytes.size(), part.etag, s3::checksum()});
        return listed;
    };
    auto told = co_await ask(what.bucket, "parts of " + what.key, false, std::move(act));
    co_return told;
}

task<result<std::vector<s3::open_upload>>>
store::list_uploads(const s3::list_uploads_request& what, deadline) {
    using uploads = std::vector<s3::open_upload>;
    std::function<result<uploads>(bucket&)> act = [prefix =
                                                       what.prefix](bucket& in) -> result<uploads> {
        uploads found;
        for (const auto& [id, each] : in.uploads)
            if (each.key.starts_with(prefix))
                found.push_back({each.key, id, "2026-11-24T00:00:00.000Z"});
        return found;
    };
    auto told = co_await ask(what.bucket, "uploads below " + what.prefix, false, std::move(act));
    co_return told;
}

} // namespace sluice::simulation
