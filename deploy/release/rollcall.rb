# The formula of Homebrew for rollcall {{version}}. deploy/release.sh fills it in.
class Rollcall < Formula
  desc "Keep Clerk organization memberships in step with a directory"
  homepage "{{downloads}}"
  version "{{version}}"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "{{url "darwin_arm64.tar.gz"}}"
      sha256 "{{sha256 "darwin_arm64.tar.gz"}}"
    end
    on_intel do
      url "{{url "darwin_amd64.tar.gz"}}"
      sha256 "{{sha256 "darwin_amd64.tar.gz"}}"
    end
  end

  on_linux do
    on_arm do
      url "{{url "linux_arm64.tar.gz"}}"
      sha256 "{{sha256 "linux_arm64.tar.gz"}}"
    end
    on_intel do
      url "{{url "linux_amd64.tar.gz"}}"
      sha256 "{{sha256 "linux_amd64.tar.gz"}}"
    end
  end

  def install
    bin.install "rollcall"
    man1.install Dir["man/man1/*"]
    man7.install Dir["man/man7/*"]
    bash_completion.install "completions/rollcall.bash" => "rollcall"
    zsh_completion.install "completions/_rollcall"
    fish_completion.install "completions/rollcall.fish"
    doc.install "README.md", "CHANGELOG.md", "SECURITY.md", "NOTICES", "config.example.yaml", "allowed_signers"
  end

  test do
    assert_match "rollcall v#{version} ", shell_output("#{bin}/rollcall version")
    system bin/"rollcall", "demo"
  end
end
