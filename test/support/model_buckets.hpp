// test support: what a model of S3 holds: objects, uploads, and what listing and joining make of
// them. Pure.
#pragma once

#include <sluice/base/hash.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/s3/requests.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace sluice::test {

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

/// Tests look into it and change it as they like.
struct model_buckets {
    using objects = std::map<std::string, model_object>; ///< by key

    std::map<std::string, objects> buckets{{"b", objects()}};
    std::map<std::string, model_upload> uploads;
    bool honours_conditions = true; ///< false: If-None-Match is ignored

    void place(const std::string& key, std::string bytes) {
        model_object fresh;
        fresh.bytes = std::move(bytes);
        fresh.etag = next_etag();
        buckets["b"][key] = std::move(fresh);
    }
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

    s3::list_page page_of(const s3::list_request& what) const {
        s3::list_page page;
        std::string last; // shown so far
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
                page.next_token = last;
                return page;
            }
            last = shown;
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

  private:
    std::uint64_t made_ = 0;
};

} // namespace sluice::test
