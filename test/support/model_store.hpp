// test support: a model of S3 in memory: conditions, checksums, multipart, listings, and faults.
#pragma once

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/s3/object_store.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

/// One call as the model saw it.
struct model_call {
    std::string operation; ///< "put", "get", "head", "remove", "list", "create_upload" …
    std::string key;       ///< or prefix
    unsigned part = 0;
    std::uint64_t number = 0; ///< counts all calls, from 1
};

struct model_object {
    std::string bytes;
    std::string etag;
    s3::metadata meta;
};

struct model_upload {
    std::string bucket, key;
    s3::metadata meta;
    std::map<unsigned, model_object> parts;
};

inline failure model_failure(s3::s3_errc code, const std::string& where) {
    failure why;
    why.code = code;
    why.where = where;
    return why;
}

/// Every call yields once before and once after it takes effect, so that calls interleave as they
/// do over a network. Tests look into it and change it between calls as they like.
class model_store : public s3::object_store {
  public:
    explicit model_store(any_io_executor on) : on_(std::move(on)) { buckets["b"]; }

    using objects = std::map<std::string, model_object>; ///< by key

    std::map<std::string, objects> buckets; ///< "b" exists from the beginning
    std::map<std::string, model_upload> uploads;
    std::vector<model_call> calls;

    using fault = std::function<std::optional<failure>(const model_call& call)>;
    fault before;                   ///< what it returns is the answer, and nothing happens
    fault after;                    ///< what it returns is the answer, and yet it has happened
    std::size_t most_at_once = 0;   ///< calls under way together, at most
    bool honours_conditions = true; ///< false: If-None-Match is ignored

    void place(const std::string& key, std::string bytes) {
        model_object fresh;
        fresh.bytes = std::move(bytes);
        fresh.etag = next_etag();
        buckets["b"][key] = std::move(fresh);
    }
    std::size_t count(const std::string& operation) const {
        return static_cast<std::size_t>(std::count_if(
            calls.begin(),
            calls.end(),
            [&](const model_call& each) { return each.operation == operation; }
        ));
    }

    task<result<s3::put_receipt>>
    put(const s3::put_request& what, s3::body_source& from, deadline) override {
        model_object fresh;
        fresh.meta = what.meta;
        auto read = co_await read_body(from, what.sum, fresh.bytes);
        if (!read) co_return read.error();
        const auto act = [&]() -> result<s3::put_receipt> {
            const bool taken = buckets[what.bucket].count(what.key) > 0;
            if (taken && what.if_none_match && honours_conditions)
                return model_failure(s3::s3_errc::precondition_failed, "put " + what.key);
            fresh.etag = next_etag();
            s3::put_receipt receipt{fresh.etag};
            buckets[what.bucket][what.key] = std::move(fresh);
            return receipt;
        };
        auto answer = co_await perform<s3::put_receipt>("put", what.bucket, what.key, 0, act);
        co_return answer;
    }

    task<result<s3::object_head>>
    get(const s3::get_request& what, s3::body_sink& to, deadline) override {
        std::string body;
        const auto act = [&]() -> result<s3::object_head> {
            const model_object* found = find(what.bucket, what.key);
            if (!found) return model_failure(s3::s3_errc::no_such_key, "get " + what.key);
            if (!what.if_match.empty() && what.if_match != found->etag)
                return model_failure(s3::s3_errc::changed, "get " + what.key);
            body = found->bytes;
            if (what.range && what.range->first >= body.size())
                return model_failure(s3::s3_errc::invalid_range, "get " + what.key);
            if (what.range) body = body.substr(what.range->first, what.range->size);
            return head_of(*found);
        };
        auto answer = co_await perform<s3::object_head>("get", what.bucket, what.key, 0, act);
        if (!answer) co_return answer;
        auto given = give(to, body);
        if (!given) co_return given.error();
        co_return answer;
    }

    task<result<s3::object_head>>
    head(const std::string& bucket, const std::string& key, deadline) override {
        const auto act = [&]() -> result<s3::object_head> {
            const model_object* found = find(bucket, key);
            if (!found) return model_failure(s3::s3_errc::no_such_key, "head " + key);
            return head_of(*found);
        };
        auto answer = co_await perform<s3::object_head>("head", bucket, key, 0, act);
        co_return answer;
    }

    task<result<void>>
    remove(const std::string& bucket, const std::string& key, deadline) override {
        const auto act = [&]() -> result<void> {
            buckets[bucket].erase(key);
            return result<void>();
        };
        auto answer = co_await perform<void>("remove", bucket, key, 0, act);
        co_return answer;
    }

    task<result<s3::list_page>> list(const s3::list_request& what, deadline) override {
        const auto act = [&]() -> result<s3::list_page> { return page_of(what); };
        auto answer = co_await perform<s3::list_page>("list", what.bucket, what.prefix, 0, act);
        co_return answer;
    }

    task<result<std::string>>
    create_upload(const s3::create_upload_request& what, deadline) override {
        const auto act = [&]() -> result<std::string> {
            const std::string id = "upload-" + std::to_string(++made_);
            model_upload& fresh = uploads[id];
            fresh.bucket = what.bucket;
            fresh.key = what.key;
            fresh.meta = what.meta;
            return id;
        };
        auto answer = co_await perform<std::string>("create_upload", what.bucket, what.key, 0, act);
        co_return answer;
    }

    task<result<s3::part_receipt>>
    upload_part(const s3::upload_part_request& what, s3::body_source& from, deadline) override {
        model_object fresh;
        auto read = co_await read_body(from, what.sum, fresh.bytes);
        if (!read) co_return read.error();
        const auto act = [&]() -> result<s3::part_receipt> {
            model_upload* at = find_upload(what.upload_id, what.key);
            if (!at) return model_failure(s3::s3_errc::no_such_upload, "part of " + what.key);
            fresh.etag = next_etag();
            s3::part_receipt receipt{fresh.etag};
            at->parts[what.number] = std::move(fresh);
            return receipt;
        };
        auto answer = co_await perform<s3::part_receipt>(
            "upload_part", what.bucket, what.key, what.number, act
        );
        co_return answer;
    }

    task<result<std::string>>
    complete_upload(const s3::complete_upload_request& what, deadline) override {
        const auto act = [&]() -> result<std::string> { return join_parts(what); };
        auto answer =
            co_await perform<std::string>("complete_upload", what.bucket, what.key, 0, act);
        co_return answer;
    }

    task<result<void>> abort_upload(
        const std::string& bucket, const std::string& key, const std::string& upload_id, deadline
    ) override {
        const auto act = [&]() -> result<void> {
            uploads.erase(upload_id);
            return result<void>();
        };
        auto answer = co_await perform<void>("abort_upload", bucket, key, 0, act);
        co_return answer;
    }

    task<result<std::vector<s3::finished_part>>>
    list_parts(const s3::list_parts_request& what, deadline) override {
        using parts = std::vector<s3::finished_part>;
        const auto act = [&]() -> result<parts> {
            const model_upload* at = find_upload(what.upload_id, what.key);
            if (!at) return model_failure(s3::s3_errc::no_such_upload, "parts of " + what.key);
            parts listed;
            for (const auto& [number, part] : at->parts)
                listed.push_back({number, part.bytes.size(), part.etag, sum_of(part.bytes)});
            return listed;
        };
        auto answer = co_await perform<parts>("list_parts", what.bucket, what.key, 0, act);
        co_return answer;
    }

    task<result<std::vector<s3::open_upload>>>
    list_uploads(const s3::list_uploads_request& what, deadline) override {
        using listed = std::vector<s3::open_upload>;
        const auto act = [&]() -> result<listed> {
            listed found;
            for (const auto& [id, each] : uploads)
                if (each.bucket == what.bucket && each.key.rfind(what.prefix, 0) == 0)
                    found.push_back({each.key, id, "2026-11-24T00:00:00.000Z"});
            return found;
        };
        auto answer = co_await perform<listed>("list_uploads", what.bucket, what.prefix, 0, act);
        co_return answer;
    }

  private:
    /// Counts a call while it lasts, also when it is cancelled.
    struct under_way {
        explicit under_way(model_store& in) : at(in) {
            at.most_at_once = std::max(at.most_at_once, ++at.under_way_);
        }
        ~under_way() { --at.under_way_; }
        under_way(const under_way&) = delete;
        model_store& at;
    };

    std::string next_etag() { return "\"etag-" + std::to_string(++made_) + "\""; }

    static s3::checksum sum_of(const std::string& bytes) {
        return {s3::checksum::kind::crc64nvme, crc64nvme(as_bytes(bytes))};
    }

    static s3::object_head head_of(const model_object& what) {
        s3::object_head head;
        head.size = what.bytes.size();
        head.etag = what.etag;
        head.meta = what.meta;
        head.sum = sum_of(what.bytes);
        return head;
    }

    const model_object* find(const std::string& bucket, const std::string& key) const {
        const objects& in = buckets.at(bucket);
        const auto found = in.find(key);
        return found == in.end() ? nullptr : &found->second;
    }

    model_upload* find_upload(const std::string& id, const std::string& key) {
        const auto found = uploads.find(id);
        return found == uploads.end() || found->second.key != key ? nullptr : &found->second;
    }

    /// Notes the call, lets faults have their way, and yields around what happens.
    template <class T, class Act>
    task<result<T>> perform(
        std::string operation,
        const std::string& bucket,
        const std::string& key,
        unsigned part,
        const Act& act
    ) {
        const model_call call{std::move(operation), key, part, calls.size() + 1};
        calls.push_back(call);
        const under_way counted(*this);
        co_await boost::asio::post(on_, use_awaitable);
        std::optional<failure> wrong = before ? before(call) : std::nullopt;
        if (!wrong && buckets.count(bucket) == 0)
            wrong = model_failure(s3::s3_errc::no_such_bucket, "bucket " + bucket);
        result<T> answer = wrong ? result<T>(*wrong) : act();
        co_await boost::asio::post(on_, use_awaitable);
        if (!wrong && after) wrong = after(call);
        if (wrong) co_return *wrong;
        co_return answer;
    }

    task<result<void>>
    read_body(s3::body_source& from, const s3::checksum& sum, std::string& into) {
        from.rewind();
        while (into.size() < from.size()) {
            auto more = co_await from.next(64 << 10);
            if (!more) co_return more.error();
            if (more->empty()) break;
            into += as_text(*more);
        }
        const bool differs = sum.algorithm == s3::checksum::kind::crc64nvme &&
                             sum.value != crc64nvme(as_bytes(into));
        if (differs || into.size() != from.size())
            co_return model_failure(s3::s3_errc::bad_digest, "body");
        co_return result<void>();
    }

    static result<void> give(s3::body_sink& to, const std::string& body) {
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

    s3::list_page page_of(const s3::list_request& what) const {
        s3::list_page page;
        const std::string behind = what.token.empty() ? what.start_after : what.token;
        for (const auto& [key, each] : buckets.at(what.bucket)) {
            if (key.rfind(what.prefix, 0) != 0) continue;
            const auto cut = what.delimiter.empty() ? std::string::npos
                                                    : key.find(what.delimiter, what.prefix.size());
            const std::string shown =
                cut == std::string::npos ? key : key.substr(0, cut + what.delimiter.size());
            if (shown <= behind) continue;
            if (!page.prefixes.empty() && page.prefixes.back() == shown) continue;
            if (page.objects.size() + page.prefixes.size() == what.limit) {
                page.next_token = last_;
                return page;
            }
            last_ = shown;
            if (cut != std::string::npos)
                page.prefixes.push_back(shown);
            else
                page.objects.push_back({key, each.bytes.size(), each.etag, ""});
        }
        return page;
    }

    result<std::string> join_parts(const s3::complete_upload_request& what) {
        model_upload* at = find_upload(what.upload_id, what.key);
        if (!at) return model_failure(s3::s3_errc::no_such_upload, "complete " + what.key);
        model_object joined;
        joined.meta = at->meta;
        for (const s3::finished_part& each : what.parts) {
            const auto part = at->parts.find(each.number);
            if (part == at->parts.end() || part->second.etag != each.etag)
                return model_failure(s3::s3_errc::invalid_part, "complete " + what.key);
            joined.bytes += part->second.bytes;
        }
        if (what.if_none_match && honours_conditions && find(what.bucket, what.key))
            return model_failure(s3::s3_errc::precondition_failed, "complete " + what.key);
        const bool checked = what.sum.algorithm == s3::checksum::kind::crc64nvme;
        if (checked && what.sum.value != crc64nvme(as_bytes(joined.bytes)))
            return model_failure(s3::s3_errc::bad_digest, "complete " + what.key);
        joined.etag = next_etag();
        const std::string etag = joined.etag;
        buckets[what.bucket][what.key] = std::move(joined);
        uploads.erase(what.upload_id);
        return etag;
    }

    any_io_executor on_;
    std::uint64_t made_ = 0;
    std::size_t under_way_ = 0;
    mutable std::string last_; ///< shown last by the listing being made
};

} // namespace sluice::test
