// s3client: the shared files and tokens, read from the disk.
#include "shared_files.hpp"

#include "../core/http_head.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/error.hpp>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace sluice::s3 {

namespace {

constexpr std::size_t most_config_bytes = 4 << 20;
constexpr std::size_t most_token_bytes = 64 << 10;

struct close_file {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

failure unreadable(const std::string& path, const char* what) {
    failure why;
    why.code = errc::io_error;
    why.where = path + ": " + what;
    return why;
}

/// Of a file with secrets: who else has them; empty: nobody. Told, not refused: the tools that
/// these files are shared with take them, too.
std::string exposure_of(std::FILE* file, const std::string& path) {
    struct stat is {};
    if (::fstat(::fileno(file), &is) != 0) return {};
    if ((is.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return path +
               " holds secret keys, and other users of this machine have access to it: chmod 600 " +
               path;
    if (is.st_uid != ::geteuid() && is.st_uid != 0)
        return path +
               " holds secret keys, and belongs to another user: chown it, or name another file";
    return {};
}

/// nullopt: there is no such file. `warnings`: where it is told that others can read secrets of it.
result<std::optional<std::string>>
read_text(const std::string& path, std::size_t most, std::vector<std::string>* warnings = nullptr) {
    const std::unique_ptr<std::FILE, close_file> file(std::fopen(path.c_str(), "rbe"));
    if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::string>();
    if (!file) return unreadable(path, "the file cannot be opened; check its permissions");
    std::string text;
    char piece[4096];
    while (const std::size_t n = std::fread(piece, 1, sizeof piece, file.get())) {
        text.append(piece, n);
        if (text.size() > most) return unreadable(path, "far too large for what it should be");
    }
    if (std::ferror(file.get()) != 0) return unreadable(path, "reading failed");
    if (warnings != nullptr && text.find("aws_secret_access_key") != std::string::npos)
        if (std::string warning = exposure_of(file.get(), path); !warning.empty())
            warnings->push_back(std::move(warning));
    return std::optional<std::string>(std::move(text));
}

/// Empty when there is no such file: each of the two is optional.
result<std::string> read_optional(const std::string& path, std::vector<std::string>& warnings) {
    if (path.empty()) return std::string();
    auto text = read_text(path, most_config_bytes, &warnings);
    if (!text) return text.error();
    return std::move(*text).value_or(std::string());
}

} // namespace

result<shared_files> read_shared_files(const environment& env) {
    shared_files files;
    files.credentials_path = credentials_path(env);
    files.config_path = config_path(env);
    auto credentials_text = read_optional(files.credentials_path, files.warnings);
    if (!credentials_text) return credentials_text.error();
    auto config_text = read_optional(files.config_path, files.warnings);
    if (!config_text) return config_text.error();
    files.credentials = std::move(*credentials_text);
    files.config = std::move(*config_text);
    return files;
}

result<std::string> read_token_file(const std::string& path) {
    const auto text = read_text(path, most_token_bytes);
    std::string token = text && *text ? **text : std::string();
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' '))
        token.pop_back();
    failure why;
    if (!text)
        why = text.error();
    else if (!*text)
        why = unreadable(path, "there is no such file");
    else if (token.empty())
        why = unreadable(path, "the file holds no token");
    else if (!is_header_safe(token))
        why = unreadable(path, "control bytes in the token");
    else
        return token;
    why.code = s3_errc::no_credentials;
    return why;
}

result<settings> load_settings(const environment& env, const std::string& profile) {
    auto files = read_shared_files(env);
    if (!files) return files.error();
    return resolve_settings(env, profile, *files);
}

} // namespace sluice::s3
