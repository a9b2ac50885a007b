// s3sim: the data directory: writing it.
#include "io/data_dir.hpp"

#include "core/record.hpp"
#include "io/data_dir_load.hpp"
#include "io/file_blob.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

#include <atomic>
#include <cstdio>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace sluice::sim {

namespace data_dir_detail {

class disk_medium final : public medium {
  public:
    disk_medium(data_dir_paths paths, int lock)
        : paths_(std::move(paths)), lock_(lock), run_(hex(random_bytes(6))) {}
    ~disk_medium() override { ::close(lock_); }

    std::unique_ptr<blob_writer> writer(std::uint64_t) override {
        return make_file_writer(paths_.blobs(), run_ + '-' + std::to_string(++serial_));
    }

    bool save_bucket(const std::string& bucket, sys_seconds created) override {
        std::error_code ec;
        std::filesystem::create_directories(paths_.objects(bucket), ec);
        std::filesystem::create_directories(paths_.uploads(bucket), ec);
        return save(paths_.bucket(bucket) / "bucket", write_bucket_record(created));
    }

    void remove_bucket(const std::string& bucket) override { remove_tree(paths_.bucket(bucket)); }

    bool
    save_object(const std::string& bucket, const std::string& key, const object& one) override {
        return save(paths_.object(bucket, key), write_object_record(key, one));
    }

    void remove_object(const std::string& bucket, const std::string& key) override {
        std::error_code ec;
        std::filesystem::remove(paths_.object(bucket, key), ec);
    }

    bool save_upload(const std::string& bucket, const upload& one) override {
        const auto folder = paths_.uploads(bucket) / one.id;
        std::error_code ec;
        std::filesystem::create_directory(folder, ec);
        return save(folder / "upload", write_upload_record(one));
    }

    bool save_part(
        const std::string& bucket, const std::string& id, unsigned number, const part& one
    ) override {
        return save(
            paths_.uploads(bucket) / id / std::to_string(number), write_part_record(number, one)
        );
    }

    void remove_upload(const std::string& bucket, const std::string& id) override {
        // This file first: without it the rest is no upload, whatever happens in between.
        std::error_code ec;
        std::filesystem::remove(paths_.uploads(bucket) / id / "upload", ec);
        remove_tree(paths_.uploads(bucket) / id);
    }

  private:
    // Called under the store's lock, so one scratch file does.
    bool save(const std::filesystem::path& to, const std::string& text) {
        return replace_file(paths_.scratch(), to, text);
    }

    static void remove_tree(const std::filesystem::path& what) {
        std::error_code ec;
        std::filesystem::remove_all(what, ec);
    }

    data_dir_paths paths_;
    int lock_;
    std::string run_; ///< makes the names of this process's bodies its own
    std::atomic<std::uint64_t> serial_{0};
};

} // namespace data_dir_detail

std::filesystem::path
data_dir_paths::object(const std::string& name, const std::string& key) const {
    return objects(name) / hex(sha256(as_bytes(key)));
}

result<opened_data_dir> open_data_dir(const std::string& folder) {
    const data_dir_paths paths{folder};
    std::error_code ec;
    std::filesystem::create_directories(paths.blobs(), ec);
    if (!ec) std::filesystem::create_directories(paths.root / "buckets", ec);
    if (ec) return failure{ec, "--data-dir " + folder, {}, {}};
    const auto lock_path = paths.root / "lock";
    const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        const error_code why(errno, boost::system::system_category());
        if (lock >= 0) ::close(lock);
        return failure{why, "--data-dir " + folder + " (is another simulator using it?)", {}, {}};
    }
    auto keep = std::make_unique<data_dir_detail::disk_medium>(paths, lock);
    auto found = load_data_dir(paths);
    if (!found) return found.error();
    opened_data_dir out;
    out.keep = std::move(keep);
    out.found = std::move(*found);
    return out;
}

} // namespace sluice::sim
