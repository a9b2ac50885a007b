// s3sim: objects, parts and uploads as small text files of the data directory.
#pragma once

#include "core/object.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sim {

/// Finds the blob of that name and size when a record is read.
using find_blob = std::function<blob_ptr(const std::string& name, std::uint64_t size)>;

/// A record is lines of `name value`; in values every byte but letters, digits and -._~ is %XX.
std::string write_bucket_record(sys_seconds created);
std::string write_object_record(const std::string& key, const object& one);
std::string write_upload_record(const upload& one);
std::string write_part_record(unsigned number, const part& one);

struct object_record {
    std::string key;
    object one;
};

struct part_record {
    unsigned number = 0;
    part one;
};

/// nullopt when the text is no such record.
std::optional<sys_seconds> read_bucket_record(std::string_view text);
std::optional<object_record> read_object_record(std::string_view text, const find_blob& find);
std::optional<upload> read_upload_record(std::string_view text);
std::optional<part_record> read_part_record(std::string_view text, const find_blob& find);

} // namespace sluice::sim
