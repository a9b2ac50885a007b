// s3client: the shared files, read from the disk.
#include "../core/settings.hpp"

#include <sluice/base/error.hpp>

#include <cerrno>
#include <cstdio>
#include <memory>

namespace sluice::s3 {

namespace {

constexpr std::size_t most_config_bytes = 4 << 20;

struct close_file {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

failure unreadable(const std::string& path, const char* what) {
    failure why;
    why.code = errc::io_error;
    why.where = path + ": " + what;
    return why;
}

/// Empty when there is no such file: each of the two is optional.
result<std::string> read_optional(const std::string& path) {
    std::string text;
    if (path.empty()) return text;
    const std::unique_ptr<std::FILE, close_file> file(std::fopen(path.c_str(), "rbe"));
    if (!file && (errno == ENOENT || errno == ENOTDIR)) return text;
    if (!file) return unreadable(path, "the file cannot be opened; check its permissions");
    char piece[4096];
    while (const std::size_t n = std::fread(piece, 1, sizeof piece, file.get())) {
        text.append(piece, n);
        if (text.size() > most_config_bytes)
            return unreadable(path, "far too large for a configuration file");
    }
    if (std::ferror(file.get()) != 0) return unreadable(path, "reading failed");
    return text;
}

} // namespace

result<settings> load_settings(const environment& env, const std::string& profile) {
    shared_files files;
    files.credentials_path = credentials_path(env);
    files.config_path = config_path(env);
    auto credentials_text = read_optional(files.credentials_path);
    if (!credentials_text) return credentials_text.error();
    auto config_text = read_optional(files.config_path);
    if (!config_text) return config_text.error();
    files.credentials = std::move(*credentials_text);
    files.config = std::move(*config_text);
    return resolve_settings(env, profile, files);
}

} // namespace sluice::s3
