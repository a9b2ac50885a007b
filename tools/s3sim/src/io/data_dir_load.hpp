// s3sim: where things lie in a data directory, and reading them back.
#pragma once

#include "io/store.hpp"

#include <sluice/base/result.hpp>

#include <filesystem>
#include <string>

namespace sluice::sim {

struct data_dir_paths {
    std::filesystem::path root;

    std::filesystem::path scratch() const { return root / "scratch"; }
    std::filesystem::path blobs() const { return root / "blobs"; }
    std::filesystem::path bucket(const std::string& name) const { return root / "buckets" / name; }
    std::filesystem::path objects(const std::string& name) const {
        return bucket(name) / "objects";
    }
    std::filesystem::path uploads(const std::string& name) const {
        return bucket(name) / "uploads";
    }
    std::filesystem::path object(const std::string& name, const std::string& key) const;
};

/// Reads all records, and removes bodies that none of them names.
result<bucket_map> load_data_dir(const data_dir_paths& paths);

} // namespace sluice::sim
