// test support: a model of S3 in memory: conditions, checksums, multipart, listings, and faults.
#pragma once

#include "model_buckets.hpp"

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

/// Every call yields once before and once after it takes effect, so that calls interleave as they
/// do over a network. Tests look into it and change it between calls as they like.
class model_store : public s3::object_store, public model_buckets {
  public:
    explicit model_store(any_io_executor on) : on_(std::move(on)) {}

    std::vector<model_call> calls;

    using fault = std::function<std::optional<failure>(const model_call& call)>;
    fault before;                 ///< what it returns is the answer, and nothing happens
    fault after;                  ///< what it returns is the answer, and yet it has happened
    std::size_t most_at_once = 0; ///< calls under way together, at most

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
            s3::put_receipt receipt;
            receipt.etag = fresh.etag;
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

    task<result<s3::created_upload>>
    create_upload(const s3::create_upload_request& what, deadline) override {
        const auto act = [&]() -> result<s3::created_upload> {
            const std::string id = "upload-" + std::to_string(++uploads_made_);
            model_upload& fresh = uploads[id];
            fresh.bucket = what.bucket;
            fresh.key = what.key;
            fresh.meta = what.meta;
            s3::created_upload made;
            made.id = id;
            return made;
        };
        auto answer =
            co_await perform<s3::created_upload>("create_upload", what.bucket, what.key, 0, act);
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
            s3::part_receipt receipt;
            receipt.etag = fresh.etag;
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

    any_io_executor on_;
    std::uint64_t uploads_made_ = 0;
    std::size_t under_way_ = 0;
};

} // namespace sluice::test
