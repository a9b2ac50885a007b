// s3sim: the data directory: reading it.
#include "io/data_dir_load.hpp"

#include "core/record.hpp"
#include "io/file_blob.hpp"

#include <sluice/base/error.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

namespace sluice::sim {

namespace load_detail {

namespace fs = std::filesystem;

constexpr std::string_view format_text = "sluice-s3sim data directory, format 1\n";

failure damaged_file(const fs::path& path) {
    return {errc::damaged, path.string(), {}, {}};
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> entries(const fs::path& folder) {
    std::vector<fs::path> out;
    std::error_code ec;
    for (fs::directory_iterator at(folder, ec); !ec && at != fs::directory_iterator();
         at.increment(ec))
        out.push_back(at->path());
    return out;
}

class loader {
  public:
    explicit loader(const data_dir_paths& paths) : paths_(paths) {}

    result<void> load(bucket_map& to) {
        for (const auto& folder : entries(paths_.root / "buckets")) {
            const auto created = read_bucket_record(read_file(folder / "bucket"));
            if (!created) {
                // Its creation was not finished: nobody was told that it exists.
                std::error_code ec;
                if (!fs::exists(folder / "bucket", ec)) continue;
                return damaged_file(folder / "bucket");
            }
            auto& one = to[folder.filename().string()];
            one.created = *created;
            if (auto done = load_objects(folder / "objects", one); !done) return done;
            if (auto done = load_uploads(folder / "uploads", one); !done) return done;
        }
        return {};
    }

    void remove_unnamed_bodies() const {
        for (const auto& path : entries(paths_.blobs())) {
            std::error_code ec;
            if (!named_.contains(path.filename().string())) fs::remove(path, ec);
        }
    }

  private:
    blob_ptr find(const std::string& name, std::uint64_t size) {
        std::error_code ec;
        const auto path = paths_.blobs() / name;
        if (fs::file_size(path, ec) != size || ec) return nullptr;
        auto& slot = named_[name];
        if (!slot) slot = make_file_blob(paths_.blobs(), name, size);
        return slot;
    }

    find_blob finder() {
        return [this](const std::string& name, std::uint64_t size) { return find(name, size); };
    }

    result<void> load_objects(const fs::path& folder, bucket& to) {
        for (const auto& path : entries(folder)) {
            auto one = read_object_record(read_file(path), finder());
            if (!one) return damaged_file(path);
            to.objects[one->key] = std::make_shared<const object>(std::move(one->one));
        }
        return {};
    }

    result<void> load_uploads(const fs::path& folder, bucket& to) {
        for (const auto& path : entries(folder)) {
            auto one = read_upload_record(read_file(path / "upload"));
            if (!one) {
                std::error_code ec;
                if (fs::exists(path / "upload", ec)) return damaged_file(path / "upload");
                fs::remove_all(path, ec);
                continue;
            }
            if (auto done = load_parts(path, *one); !done) return done;
            if (was_completed(*one, to)) {
                std::error_code ec;
                fs::remove_all(path, ec);
                continue;
            }
            const auto name = std::make_pair(one->key, one->id);
            to.uploads.emplace(name, std::move(*one));
        }
        return {};
    }

    result<void> load_parts(const fs::path& folder, upload& to) {
        for (const auto& path : entries(folder)) {
            if (path.filename() == "upload") continue;
            auto one = read_part_record(read_file(path), finder());
            if (!one) return damaged_file(path);
            to.parts[one->number] = std::make_shared<const part>(std::move(one->one));
        }
        return {};
    }

    /// The object was stored, but the process ended before the upload was forgotten.
    static bool was_completed(const upload& one, const bucket& in) {
        const auto found = in.objects.find(one.key);
        if (found == in.objects.end()) return false;
        const auto& pieces = found->second->pieces;
        return std::any_of(one.parts.begin(), one.parts.end(), [&pieces](const auto& numbered) {
            return std::find(pieces.begin(), pieces.end(), numbered.second->data) != pieces.end();
        });
    }

    const data_dir_paths& paths_;
    std::map<std::string, blob_ptr> named_;
};

} // namespace load_detail

result<bucket_map> load_data_dir(const data_dir_paths& paths) {
    using namespace load_detail;
    const auto format = read_file(paths.root / "format");
    if (format.empty() && !replace_file(paths.scratch(), paths.root / "format", format_text)) {
        return failure{errc::io_error, (paths.root / "format").string(), {}, {}};
    }
    if (!format.empty() && format != format_text) {
        return failure{errc::unsupported_version, (paths.root / "format").string(), {}, {}};
    }
    bucket_map out;
    loader from(paths);
    if (auto done = from.load(out); !done) return done.error();
    from.remove_unnamed_bodies();
    return out;
}

} // namespace sluice::sim
